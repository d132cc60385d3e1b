// Subscribes with the graphql-ws client; see session.mjs. CONNECTION_PARAMS is the JSON payload of connection_init, and
// HEADERS that of the request for the socket.
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { reason, rest, session } from './session.mjs';

const { url, operation, retries, fail, connected, take, completed } = session('subscribe');
const headers = JSON.parse(process.env.HEADERS ?? '{}');

class SocketWithHeaders extends WebSocket {
  constructor(address, protocols) {
    super(address, protocols, { headers });
  }
}

const client = createClient({
  url,
  webSocketImpl: SocketWithHeaders,
  connectionParams: JSON.parse(process.env.CONNECTION_PARAMS ?? '{}'),
  retryAttempts: retries,
  retryWait: rest,
  shouldRetry: () => true,
  on: { connected },
});

let isDone = false;
try {
  for await (const result of client.iterate(operation)) {
    isDone = take(result);
    if (isDone) break;
  }
} catch (error) {
  fail(reason(error));
}
await client.dispose();
if (!isDone) completed();
