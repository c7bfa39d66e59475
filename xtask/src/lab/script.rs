//! The namespaces of a Case as a script, to look into them by hand.

use super::{
    case::Case,
    net::{Net, Role, net},
};
use crate::run::Result;

/// Shell commands that build the Case and leave one in a shell in the midst of it.
pub(super) fn script(case: &Case) -> Result<String> {
    Ok(text(&net(case, 0)?))
}

fn text(net: &Net) -> String {
    let mut text = String::from(
        "#!/bin/bash\n\
         # Run it as: unshare --net --mount --pid --fork --kill-child --mount-proc bash FILE\n\
         # Then e.g.: ip netns exec fn-0 curl --max-time 1 telnet://1.1.1.1:443\n\
         set -e\n\
         mount -t tmpfs tmpfs /run\n",
    );
    for space in &net.spaces {
        text += &format!("ip netns add {}\n", space.name);
        for name in ["all/rp_filter", "default/rp_filter"] {
            text += &format!("ip netns exec {} sh -c 'echo 0 >/proc/sys/net/ipv4/conf/{name}'\n", space.name);
        }
    }
    for [(one, link), (other, name)] in &net.links {
        text += &format!("ip link add {link} netns {one} type veth peer name {name} netns {other}\n");
    }
    for space in &net.spaces {
        if !space.nft.is_empty() {
            text += &format!("ip netns exec {} nft -f - <<'END'\n{}END\n", space.name, space.nft);
        }
        text += &format!("ip -netns {} -batch - <<'END'\n{}\nEND\n", space.name, space.ip.join("\n"));
        if space.role == Role::Router {
            text += &format!("ip netns exec {} sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'\n", space.name);
        }
        if let Role::Server(ports) = &space.role {
            for port in ports {
                text += &format!("ip netns exec {} python3 -m http.server {port} >/dev/null 2>&1 &\n", space.name);
            }
        }
    }
    text + "bash\n"
}
