"""Cases: opening and raising them, paging, assessing calls. Imports assessment and store."""
