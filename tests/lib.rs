//! Nothing here: the suite is the test target `it`.
