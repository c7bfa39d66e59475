use std::{
    io::{ErrorKind, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use egress_core::probe::{Ask, Reply};

use super::*;

/// What the code answers when Lambda calls it with this URL; `None` where this machine has no python3.
fn asked(url: &str, timeout_seconds: u32) -> Option<Reply> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(FILE), SOURCE).unwrap();
    let run = "import json, sys; import handler; print(json.dumps(handler.handle(json.load(sys.stdin), None)))";
    let spawned = Command::new("python3")
        .args(["-B", "-c", run])
        .current_dir(folder.path())
        // As Lambda does not have them; one that is set must not change who is seen.
        .env("http_proxy", "http://127.0.0.1:9")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut python = match spawned {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            println!("SKIPPED: there is no python3 on this machine, so the probe's code is not tried");
            return None;
        }
        spawned => spawned.unwrap(),
    };
    let ask = Ask { url: url.to_owned(), timeout_seconds };
    python.stdin.take().unwrap().write_all(&serde_json::to_vec(&ask).unwrap()).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success(), "python3 failed");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// Serves one request, and tells the URL.
fn serve(answer: impl FnOnce(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        let mut buffer = [0; 1024];
        while !request.ends_with(b"\r\n\r\n") {
            let n = stream.read(&mut buffer).unwrap();
            request.extend_from_slice(&buffer[..n]);
        }
        answer(stream);
    });
    url
}

fn says(status: &'static str, body: String) -> String {
    serve(move |mut stream| {
        let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
        // Whoever has read enough hangs up.
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
    })
}

#[test]
fn an_echo_is_answered_with_its_body() {
    let Some(reply) = asked(&says("200 OK", "192.0.2.7\n".to_owned()), 5) else { return };
    assert_eq!(reply, Reply::Answered { status: 200, body: "192.0.2.7\n".to_owned() });
    assert_eq!(reply.seen_ip(), Some([192, 0, 2, 7].into()));
}

#[test]
fn an_http_error_is_an_answer() {
    let Some(reply) = asked(&says("403 Forbidden", "not you".to_owned()), 5) else { return };
    assert_eq!(reply, Reply::Answered { status: 403, body: "not you".to_owned() });
}

#[test]
fn a_closed_port_is_a_failure_that_says_why() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let Some(reply) = asked(&url, 5) else { return };
    assert!(matches!(&reply, Reply::Failed { error } if error.contains("refused")), "{reply:?}");
}

#[test]
fn a_name_that_does_not_exist_is_a_failure() {
    let Some(reply) = asked("http://nowhere.invalid/", 5) else { return };
    assert!(matches!(reply, Reply::Failed { .. }), "{reply:?}");
}

#[test]
fn a_silent_server_is_a_time_out_in_time() {
    let url = serve(|stream| {
        thread::sleep(Duration::from_secs(20));
        drop(stream);
    });
    let begun = Instant::now();
    let Some(reply) = asked(&url, 1) else { return };
    assert_eq!(reply, Reply::TimedOut);
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_server_that_drips_for_ever_is_a_time_out() {
    let url = serve(|mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
        while stream.write_all(b"x").is_ok() {
            thread::sleep(Duration::from_millis(100));
        }
    });
    let Some(reply) = asked(&url, 1) else { return };
    assert_eq!(reply, Reply::TimedOut);
}

#[test]
fn a_huge_body_is_cut_at_whole_characters() {
    let Some(reply) = asked(&says("200 OK", "ü".repeat(1_000_000)), 10) else { return };
    assert_eq!(reply, Reply::Answered { status: 200, body: "ü".repeat(4096) });
}

#[test]
fn the_archive_holds_the_code_and_is_always_the_same() {
    let bytes = zipped().unwrap();
    assert_eq!(bytes, zipped().unwrap());
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    assert_eq!(archive.len(), 1);
    let mut text = String::new();
    archive.by_name(FILE).unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, SOURCE);
    assert!(SOURCE.contains("def handle(") && HANDLER == "handler.handle");
}
