//! Shops: applying, deciding, showing, editing, members.

mod applying;
