//! Who calls, and which service of which region: what a signature's scope says.
//!
//! Signatures are not checked: any secret will do. What is checked is what a request must have to reach a service at all.

use super::Request;
use crate::cloud::Api;

/// The services that the emulator speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Ec2,
    Iam,
    Sts,
    Lambda,
    Tagging,
}

impl Service {
    const ALL: [Self; 5] = [Self::Ec2, Self::Iam, Self::Sts, Self::Lambda, Self::Tagging];

    /// Its name in scopes and in actions: `ec2`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Ec2 => "ec2",
            Self::Iam => "iam",
            Self::Sts => "sts",
            Self::Lambda => "lambda",
            Self::Tagging => "tagging",
        }
    }

    /// By whose limits its calls are counted.
    pub(crate) const fn api(self) -> Api {
        match self {
            Self::Ec2 => Api::Ec2,
            Self::Iam => Api::Iam,
            Self::Sts => Api::Sts,
            Self::Lambda => Api::Lambda,
            Self::Tagging => Api::Tagging,
        }
    }

    /// Whether its calls are of one region only: IAM's are of all, and STS answers everywhere.
    pub(crate) const fn is_regional(self) -> bool {
        matches!(self, Self::Ec2 | Self::Lambda | Self::Tagging)
    }
}

/// The scope that a request was signed for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Signed {
    /// The key that it was signed with.
    pub(crate) access_key: String,
    /// The region.
    pub(crate) region: String,
    /// The service; `None` for one that the emulator does not speak.
    pub(crate) service: Option<Service>,
}

/// Reads the scope of a Signature Version 4, from the header or, for a presigned URL, from the query (General Reference,
/// "Elements of an AWS API request signature"). `None` where there is none, or none that can be read.
pub(crate) fn signed(request: &Request) -> Option<Signed> {
    let in_header = request.header("authorization").and_then(|header| {
        let rest = header.strip_prefix("AWS4-HMAC-SHA256")?;
        let mut parts = rest.split(',').map(str::trim);
        parts.find_map(|part| part.strip_prefix("Credential=")).map(ToOwned::to_owned)
    });
    let credential = in_header.or_else(|| {
        let mut pairs = form_urlencoded::parse(request.query().as_bytes());
        pairs.find(|(name, _)| name == "X-Amz-Credential").map(|(_, value)| value.into_owned())
    })?;
    let mut parts = credential.rsplitn(5, '/');
    let (_end, service, region, _date, access_key) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let service = Service::ALL.into_iter().find(|s| s.name() == service);
    Some(Signed { access_key: access_key.to_owned(), region: region.to_owned(), service })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(target: &str, authorization: Option<&str>) -> Request {
        Request {
            method: "POST".to_owned(),
            target: target.to_owned(),
            headers: authorization.map(|a| ("Authorization".to_owned(), a.to_owned())).into_iter().collect(),
            body: Vec::new(),
        }
    }

    #[test]
    fn the_scope_is_read_from_header_or_query() {
        let header =
            "AWS4-HMAC-SHA256 Credential=AKIA/20261101/eu-west-1/ec2/aws4_request, SignedHeaders=host, Signature=0";
        let presigned = "/?X-Amz-Credential=AKIA%2F20261101%2Feu-west-1%2Fsts%2Faws4_request";
        let expected = |service| Signed { access_key: "AKIA".into(), region: "eu-west-1".into(), service };
        assert_eq!(signed(&request("/", Some(header))), Some(expected(Some(Service::Ec2))));
        assert_eq!(signed(&request(presigned, None)), Some(expected(Some(Service::Sts))));
        assert_eq!(signed(&request("/", Some(&header.replace("/ec2/", "/s3/")))), Some(expected(None)));
        for broken in ["Basic dTpw", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=AKIA/20261101"] {
            assert_eq!(signed(&request("/", Some(broken))), None, "{broken}");
        }
        assert_eq!(signed(&request("/", None)), None);
    }
}
