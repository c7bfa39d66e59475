//! Long lists in pages, for IAM and Lambda, which both call them `Marker` and `MaxItems`.

use crate::cloud::{ApiError, Code};

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    /// What to ask for next.
    pub(super) next: Option<String>,
}

/// The page that begins at `marker`. A marker is opaque to callers; here it is the place in the list.
pub(super) fn page<T>(all: Vec<T>, marker: Option<&str>, max_items: usize, bad: Code) -> Result<Page<T>, ApiError> {
    let from = match marker.filter(|marker| !marker.is_empty()) {
        None => 0,
        Some(marker) => marker.parse::<usize>().map_err(|_| ApiError::new(bad, "Invalid Marker."))?,
    };
    let total = all.len();
    let end = from.saturating_add(max_items.max(1));
    let items = all.into_iter().skip(from).take(max_items.max(1)).collect();
    Ok(Page { items, next: (end < total).then(|| end.to_string()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_page_by_page() {
        let page = |marker: Option<&str>| page(vec![1, 2, 3, 4, 5], marker, 2, Code::IamValidation);
        assert_eq!(page(None), Ok(Page { items: vec![1, 2], next: Some("2".to_owned()) }));
        assert_eq!(page(Some("2")), Ok(Page { items: vec![3, 4], next: Some("4".to_owned()) }));
        assert_eq!(page(Some("4")), Ok(Page { items: vec![5], next: None }));
        assert_eq!(page(Some("9")), Ok(Page { items: Vec::new(), next: None }));
        assert_eq!(page(Some("x")), Err(ApiError::new(Code::IamValidation, "Invalid Marker.")));
        assert_eq!(page(Some(&usize::MAX.to_string())), Ok(Page { items: Vec::new(), next: None }));
    }
}
