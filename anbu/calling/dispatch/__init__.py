"""The dispatcher: claims due attempts, dials them at the shared rate, settles what came of them. Time is injected."""
