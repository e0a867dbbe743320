//! Money, ids, times, names: values that are parsed once and trusted after
