//! The tuning run: which size to measure next, when to stop, how to put everything back.
