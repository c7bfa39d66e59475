//! What clouds allow: the narrowest rule that is known, so that what fits here fits everywhere.

/// The most tags that a function can have
/// (<https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html>).
pub const FUNCTION_TAGS: usize = 50;

/// The longest value of a tag, in characters: 256, less a little for clouds that count otherwise. Letters, digits, spaces and
/// `_.:/=+-@` may stand in it (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules>).
pub const TAG_VALUE: usize = 250;

/// The longest name of a function, in characters: letters, digits, hyphens and underscores
/// (<https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html>).
pub const FUNCTION_NAME: usize = 64;
