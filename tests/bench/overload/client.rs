//! A client on a thread of its own, who waits for each answer.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use super::answer::Answer;

/// No answer takes longer.
const DEADLINE: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub struct Client {
    server: SocketAddr,
    address: Ipv4Addr,
    stream: Option<TcpStream>,
    bytes: Vec<u8>,
}

impl Client {
    /// One who comes from that address.
    pub fn new(server: SocketAddr, address: Ipv4Addr) -> Self {
        Self {
            server,
            address,
            stream: None,
            bytes: vec![0; 256 * 1_024],
        }
    }

    /// Asks over the connection of the last time, if it is still there.
    pub fn ask(&mut self, request: &[u8]) -> io::Result<Answer> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => self.connect()?,
        };
        stream.write_all(request)?;
        let answer = self.read(&mut stream)?;
        if !answer.closes {
            self.stream = Some(stream);
        }
        Ok(answer)
    }

    /// Leaves, so that the next question takes a new connection.
    pub fn leave(&mut self) {
        self.stream = None;
    }

    fn connect(&self) -> io::Result<TcpStream> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::from((self.address, 0)).into())?;
        socket.connect_timeout(&self.server.into(), DEADLINE)?;
        let stream = TcpStream::from(socket);
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(DEADLINE))?;
        stream.set_write_timeout(Some(DEADLINE))?;
        Ok(stream)
    }

    fn read(&mut self, stream: &mut TcpStream) -> io::Result<Answer> {
        let mut read = 0;
        loop {
            match stream.read(&mut self.bytes[read..])? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                length => read += length,
            }
            if let Some((answer, head)) = Answer::read(&self.bytes[..read])?
                && read >= head + answer.length
            {
                return Ok(answer);
            }
        }
    }
}
