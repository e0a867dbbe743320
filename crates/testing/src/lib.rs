//! Test support: a real app on a fresh database, actors, an SMTP server that keeps what it gets
