// Subscribes with the graphql-sse client in distinct connections mode; see session.mjs.
import { createClient } from 'graphql-sse';
import { reason, rest, session } from './session.mjs';

const { url, operation, retries, fail, connected, take, completed } = session('sse');

const client = createClient({ url, retryAttempts: retries, retry: rest, on: { connected } });

let isDone = false;
try {
  for await (const result of client.iterate(operation)) {
    isDone = take(result);
    if (isDone) break;
  }
} catch (error) {
  fail(reason(error));
}
client.dispose();
if (!isDone) completed();
