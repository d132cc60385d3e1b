// Subscribes with the graphql-ws client; see session.mjs. CONNECTION_PARAMS is the JSON payload of connection_init, and
// HEADERS that of the request for the socket.
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { drive, rest, session } from './session.mjs';

const subscriber = session('subscribe');
const { url, retries, connected, credentials } = subscriber;
const headers = JSON.parse(process.env.HEADERS ?? '{}');

class SocketWithHeaders extends WebSocket {
  constructor(address, protocols) {
    super(address, protocols, { headers });
  }
}

const client = createClient({
  url,
  webSocketImpl: SocketWithHeaders,
  connectionParams: { ...credentials, ...JSON.parse(process.env.CONNECTION_PARAMS ?? '{}') },
  retryAttempts: retries,
  retryWait: rest,
  shouldRetry: () => true,
  on: { connected },
});

await drive(client, subscriber);
