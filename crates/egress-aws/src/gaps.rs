//! What could not be read.

use egress_core::{
    CloudError, ErrorKind, Scope,
    world::{Listing, Unseen},
};

use crate::actions::action_of;

/// Whether an observation goes on without a listing that the caller may not read, or that the partition does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gaps {
    /// It does, and notes what is missing.
    Noted,
    /// It fails.
    Refused,
}

impl Gaps {
    /// Whoever looks at a whole account goes on; what a stack is made of must be known.
    pub(crate) fn of(scope: &Scope) -> Self {
        if scope == &Scope::Everything { Self::Noted } else { Self::Refused }
    }

    /// What a read gave, or nothing with a note of what is missing: `ec2:DescribeTransitGateways (denied)`.
    pub(crate) fn take<T: Default>(
        self,
        unseen: &mut Unseen,
        listing: Listing,
        read: Result<T, CloudError>,
    ) -> Result<T, CloudError> {
        let (error, why) = match read {
            Ok(read) => return Ok(read),
            Err(error) if self == Self::Refused => return Err(error),
            Err(error) => match error.kind {
                ErrorKind::Denied => (error, "denied"),
                ErrorKind::Unsupported => (error, "not known here"),
                _ => return Err(error),
            },
        };
        unseen.add(listing, format!("{} ({why})", action_of(service(listing), &error.operation)));
        Ok(T::default())
    }
}

/// Which service tells of a listing.
const fn service(listing: Listing) -> &'static str {
    match listing {
        Listing::Functions | Listing::Versions => "lambda",
        Listing::Roles => "iam",
        _ => "ec2",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(gaps: Gaps, kind: ErrorKind) -> (Result<Vec<u8>, ErrorKind>, Unseen) {
        let mut unseen = Unseen::default();
        let error = CloudError::new(kind, "DescribeTransitGateways", "no");
        let taken = gaps.take(&mut unseen, Listing::TransitGateways, Err(error));
        (taken.map_err(|error| error.kind), unseen)
    }

    #[test]
    fn what_may_not_be_read_is_noted_and_every_other_failure_stays_one() {
        for (kind, noted) in [
            (ErrorKind::Denied, "ec2:DescribeTransitGateways (denied)"),
            (ErrorKind::Unsupported, "ec2:DescribeTransitGateways (not known here)"),
        ] {
            let (taken, unseen) = take(Gaps::Noted, kind);
            assert_eq!((taken, unseen.why(Listing::TransitGateways)), (Ok(Vec::new()), Some(noted)));
            assert_eq!(take(Gaps::Refused, kind), (Err(kind), Unseen::default()));
        }
        assert_eq!(take(Gaps::Noted, ErrorKind::Throttled), (Err(ErrorKind::Throttled), Unseen::default()));
    }
}
