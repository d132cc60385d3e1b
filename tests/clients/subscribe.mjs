// Subscribes with the graphql-ws client and prints one line of JSON per message as it arrives.
//
//   node subscribe.mjs <ws-url> <query> <variables-json> <count>
//
// The first line is {"connected":true}; it ends after <count> results. SUBSCRIBE_DEADLINE_MS overrides
// the deadline of 30 seconds, CONNECTION_PARAMS is the JSON payload of connection_init, EXTENSIONS that of the operation
// and HEADERS those of the request for the socket.
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const [url, query, variablesJson = '{}', count = '1'] = process.argv.slice(2);
const deadlineMs = Number(process.env.SUBSCRIBE_DEADLINE_MS ?? 30_000);

function fail(reason) {
  console.error(`subscribe: ${reason}`);
  process.exit(1);
}

if (!query) fail('usage: node subscribe.mjs <ws-url> <query> <variables-json> <count>');

const print = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
let received = 0;

const headers = JSON.parse(process.env.HEADERS ?? '{}');
class SocketWithHeaders extends WebSocket {
  constructor(address, protocols) {
    super(address, protocols, { headers });
  }
}

setTimeout(() => fail(`${received} of ${count} results after ${deadlineMs} ms`), deadlineMs).unref();

const client = createClient({
  url,
  webSocketImpl: SocketWithHeaders,
  connectionParams: JSON.parse(process.env.CONNECTION_PARAMS ?? '{}'),
  retryAttempts: 0,
  on: { connected: () => print({ connected: true }) },
});

try {
  const operation = {
    query,
    variables: JSON.parse(variablesJson),
    extensions: JSON.parse(process.env.EXTENSIONS ?? 'null') ?? undefined,
  };
  for await (const result of client.iterate(operation)) {
    print(result);
    received += 1;
    if (received >= Number(count)) break;
  }
} catch (error) {
  const errors = Array.isArray(error) ? error : [error];
  const reasons = errors.map(({ message, code, reason }) => message || `closed with ${code} ${reason}`);
  fail(reasons.join('; '));
}
await client.dispose();
if (received < Number(count)) fail(`the server completed after ${received} of ${count} results`);
