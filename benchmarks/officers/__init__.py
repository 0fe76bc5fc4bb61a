"""`make bench-console`: officers at work on a town's two years of calls, on PostgreSQL."""
