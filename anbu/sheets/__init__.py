"""Papers: sheets as XLSX, PDF and HWPX, lists as CSV and XLSX, and lists taken in again. Imports casework and store."""
