//! The black-box suite, one folder per feature.
