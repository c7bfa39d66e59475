//! The laws that every backend must keep.
