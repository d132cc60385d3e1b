//! Responses that go on leave the HTTP library, as sockets do, and are sent from here. It keeps two buffers of 8 KiB and what
//! it knows of a connection for as long as a body goes on: one that only waits cost 28 kB there, and costs 3 kB here.

use std::io::{self, ErrorKind};

use axum::body::{Body, BodyDataStream, Bytes};
use axum::http::HeaderValue;
use axum::http::header::{CONNECTION, DATE, TRANSFER_ENCODING};
use axum::http::response::Parts;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::arrival::Visit;
use super::line::Line;

/// The mark of a response that goes on for long and seldom says something.
#[derive(Debug, Clone, Copy)]
pub(super) struct GoesOn;

/// What comes behind the last chunk.
const END: &[u8] = b"0\r\n\r\n";

/// Sends a response that goes on from a task of its own, if its client knows chunks, and has got all answers before. The
/// connection ends with it.
pub(super) fn hand_over(visit: &Visit, response: Response) -> Response {
    let Some(line) = visit.take_line() else {
        return ([(CONNECTION, "close")], response).into_response();
    };
    let (parts, body) = response.into_parts();
    let head = head(parts);
    tokio::spawn(async move {
        // An error means that the client has gone, or takes nothing.
        if let Ok(line) = line.await {
            let _ = send(line, head, body).await;
        }
    });
    // It goes nowhere, but the library is done with the connection.
    [(CONNECTION, "close")].into_response()
}

fn head(parts: Parts) -> Vec<u8> {
    let mut headers = parts.headers;
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    headers.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
    let now = DateTimePrinter::new().timestamp_to_rfc9110_string(&Timestamp::now());
    if let Some(date) = now.ok().and_then(|now| now.try_into().ok()) {
        headers.insert(DATE, date);
    }
    let mut head = format!("HTTP/1.1 {}\r\n", parts.status).into_bytes();
    for (name, value) in &headers {
        head.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    head.extend(b"\r\n");
    head
}

async fn send(mut line: Line, head: Vec<u8>, body: Body) -> io::Result<()> {
    line.write_all(&head).await?;
    drop(head);
    let mut body = body.into_data_stream();
    while let Some(text) = next(&mut line, &mut body).await? {
        // An empty chunk would be the last.
        if !text.is_empty() {
            line.write_all(&chunk(&text)).await?;
        }
    }
    line.write_all(END).await?;
    line.shutdown().await
}

/// What is to be sent next, unless the client goes before.
async fn next(line: &mut Line, body: &mut BodyDataStream) -> io::Result<Option<Bytes>> {
    tokio::select! {
        biased;
        text = body.next() => text.transpose().map_err(io::Error::other),
        gone = end_of(line) => Err(gone),
    }
}

/// How the client goes. Whatever it says before is no request any more.
async fn end_of(line: &mut Line) -> io::Error {
    loop {
        match line.read(&mut [0; 64]).await {
            Ok(0) => return ErrorKind::UnexpectedEof.into(),
            Ok(_) => {}
            Err(error) => return error,
        }
    }
}

fn chunk(text: &[u8]) -> Vec<u8> {
    let size = format!("{:x}\r\n", text.len());
    [size.as_bytes(), text, b"\r\n"].concat()
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::time::Duration;

    use axum::Router;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use futures_util::stream;
    use tokio::net::TcpSocket;
    use tokio::time::timeout;

    use super::*;
    use crate::web::line::tests::pair;
    use crate::web::reception::receive;
    use crate::web::{Drain, Settings};

    fn texts(
        texts: impl IntoIterator<Item = io::Result<&'static str>, IntoIter: Send + 'static>,
    ) -> Body {
        Body::from_stream(stream::iter(texts))
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_nothing_is_given_up() {
        let drain = Drain::default();
        let (line, _client) = pair(drain.stop()).await;
        let body = texts(std::iter::repeat_with(|| Ok("always more")));
        let error = send(line, Vec::new(), body).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_client_that_goes_is_noticed_while_there_is_nothing_to_say() {
        let drain = Drain::default();
        let (line, mut client) = pair(drain.stop()).await;
        client.write_all(b"what nobody asked for").await.unwrap();
        drop(client);
        let body = Body::from_stream(stream::pending::<io::Result<&str>>());
        assert!(send(line, Vec::new(), body).await.is_err());
    }

    #[tokio::test]
    async fn what_breaks_off_does_not_look_complete() {
        let drain = Drain::default();
        for (last, expected) in [
            (Ok(""), "head 5\r\nhello\r\n0\r\n\r\n"),
            (Ok("there"), "head 5\r\nhello\r\n5\r\nthere\r\n0\r\n\r\n"),
            (Err(ErrorKind::Other.into()), "head 5\r\nhello\r\n"),
        ] {
            let (line, mut client) = pair(drain.stop()).await;
            let _ = send(line, b"head ".to_vec(), texts([Ok("hello"), last])).await;
            let mut text = String::new();
            client.read_to_string(&mut text).await.unwrap();
            assert_eq!(text, expected);
        }
    }

    #[tokio::test]
    async fn an_answer_that_nobody_has_read_yet_comes_before_the_events() {
        const LARGE: usize = 200_000;
        let events = async || {
            let mut response = texts([Ok("events")]).into_response();
            response.extensions_mut().insert(GoesOn);
            response
        };
        let drain = Drain::default();
        let router = Router::new()
            .route("/large", get(async || "x".repeat(LARGE)))
            .route("/events", get(events))
            .layer(from_fn_with_state(drain.stop(), receive));
        // There is little room on the way.
        let [listener, client] = [(); 2].map(|()| TcpSocket::new_v4().unwrap());
        listener.set_send_buffer_size(4_096).unwrap();
        client.set_recv_buffer_size(4_096).unwrap();
        listener.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = listener.listen(8).unwrap();
        let address = listener.local_addr().unwrap();
        let serving = drain.serve(
            listener,
            router,
            Settings::default(),
            pending(),
            Duration::ZERO,
        );
        let serving = tokio::spawn(serving);
        let mut client = client.connect(address).await.unwrap();
        // A body that nobody reads is over behind its answer, which is not on its way to its end by then.
        let requests = "GET /large HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nbodyGET /events HTTP/1.1\r\nhost: x\r\n\r\n";
        client.write_all(requests.as_bytes()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(300)).await;
        let mut text = String::new();
        let reading = timeout(Duration::from_secs(20), client.read_to_string(&mut text));
        reading.await.expect("it ends").unwrap();
        let (_, rest) = text.split_once("\r\n\r\n").unwrap();
        let (large, rest) = rest.split_at(LARGE);
        assert!(large.bytes().all(|byte| byte == b'x'));
        assert!(rest.starts_with("HTTP/1.1 200 OK\r\n"), "{rest}");
        assert!(rest.ends_with("\r\n\r\n6\r\nevents\r\n0\r\n\r\n"), "{rest}");
        serving.abort();
    }
}
