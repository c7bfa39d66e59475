//! Makes a failing sequence short: drops whatever it fails without.

/// The shortest sequence that was found by dropping things from one that fails, and that still does.
pub(super) fn shrunk<T: Clone>(sequence: &[T], fails: impl Fn(&[T]) -> bool) -> Vec<T> {
    let mut kept = sequence.to_vec();
    let mut size = kept.len().div_ceil(2);
    while size > 0 {
        let mut at = 0;
        while at < kept.len() {
            let end = kept.len().min(at + size);
            let without = [&kept[..at], &kept[end..]].concat();
            if fails(&without) { kept = without } else { at += size }
        }
        size /= 2;
    }
    kept
}

#[test]
fn a_failing_sequence_is_shrunk_to_what_it_fails_by() {
    let all: Vec<u32> = (0..40).collect();
    assert_eq!(shrunk(&all, |kept| kept.contains(&7) && kept.contains(&31)), [7, 31]);
    assert_eq!(shrunk(&all, |kept| kept.iter().filter(|n| **n % 2 == 0).count() >= 3).len(), 3);
    assert_eq!(shrunk(&all, |_| true), [0; 0]);
}
