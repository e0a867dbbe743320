//! The domain of a marketplace: accounts, vendors, catalogue, checkout, orders, ledger
