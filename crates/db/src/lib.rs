//! The only crate that names a database driver: pools, transactions, group commit, migrations
