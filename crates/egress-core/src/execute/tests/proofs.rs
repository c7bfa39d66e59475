use super::{cloud::*, plans::*, *};
