//! The forms that the file of a stack can have: what stands in it below the preset.

/// The forms, by name.
pub(crate) const FORMS: [(&str, &str); 9] = [
    ("reference", ""),
    ("one subnet", "[[private_subnet]]\nname = \"lambda_prv1\"\ncidr = \"10.0.1.0/24\"\n"),
    (
        "three zones",
        "[[private_subnet]]\nname = \"lambda_prv1\"\ncidr = \"10.0.1.0/24\"\n\
         [[private_subnet]]\nname = \"lambda_prv2\"\ncidr = \"10.0.2.0/24\"\n\
         [[private_subnet]]\nname = \"lambda_prv3\"\ncidr = \"10.0.3.0/24\"\n",
    ),
    (
        "a gateway per zone",
        "[[public_subnet]]\nname = \"lambda_pub\"\ncidr = \"10.0.10.0/24\"\n\
         [[public_subnet]]\nname = \"lambda_pub2\"\ncidr = \"10.0.20.0/24\"\n\
         [[private_subnet]]\nname = \"lambda_prv1\"\ncidr = \"10.0.1.0/24\"\nnat = \"lambda_nat\"\n\
         [[private_subnet]]\nname = \"lambda_prv2\"\ncidr = \"10.0.2.0/24\"\nnat = \"nat2\"\n\
         [[nat_gateway]]\nname = \"lambda_nat\"\nsubnet = \"lambda_pub\"\nroute_table = \"lambda_prv_rt\"\n\
         [[nat_gateway]]\nname = \"nat2\"\nsubnet = \"lambda_pub2\"\nroute_table = \"nat2_rt\"\n",
    ),
    ("two addresses", "[[address]]\nname = \"second\"\n"),
    ("another range", "[network]\ncidr = \"10.1.0.0/16\"\n"),
    ("another public subnet", "[[public_subnet]]\nname = \"other_pub\"\ncidr = \"10.0.11.0/24\"\nzone = 2\n"),
    (
        "other private subnets",
        "[[private_subnet]]\nname = \"lambda_prv1\"\ncidr = \"10.0.101.0/24\"\n\
         [[private_subnet]]\nname = \"lambda_prv2\"\ncidr = \"10.0.102.0/24\"\n",
    ),
    (
        "other names",
        "[network]\nname = \"net\"\n[internet_gateway]\nname = \"gate\"\nroute_table = \"open\"\n\
         [security_group]\nname = \"everything-out\"\n\
         [[public_subnet]]\nname = \"front\"\ncidr = \"10.0.10.0/24\"\n\
         [[private_subnet]]\nname = \"back1\"\ncidr = \"10.0.1.0/24\"\n\
         [[private_subnet]]\nname = \"back2\"\ncidr = \"10.0.2.0/24\"\n\
         [[nat_gateway]]\nname = \"nat\"\nsubnet = \"front\"\nroute_table = \"closed\"\n",
    ),
];

/// The whole file: a form, and what follows it.
pub(crate) fn file(form: &str, rest: &str) -> String {
    format!("stack = \"demo\"\npreset = \"lambda-static-ip\"\n{form}{rest}")
}
