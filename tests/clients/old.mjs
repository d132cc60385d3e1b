// Subscribes with subscriptions-transport-ws, the client of the old subprotocol graphql-ws; see session.mjs.
import { SubscriptionClient } from 'subscriptions-transport-ws';
import WebSocket from 'ws';
import { reason, session } from './session.mjs';

const { url, operation, retries, fail, connected, take, completed, credentials: connectionParams } = session('old');

/** The server says in a message why it does not begin. */
const connectionCallback = (error) => error && fail(reason(error));

const options = { reconnect: retries > 0, reconnectionAttempts: retries, minTimeout: 10_000, connectionParams, connectionCallback };
const client = new SubscriptionClient(url, options, WebSocket);
client.onConnected(connected);
client.onReconnected(connected);
if (!retries) client.onDisconnected(() => fail('disconnected'));

client.request(operation).subscribe({
  next(result) {
    if (take(result)) process.exit();
  },
  error: (error) => fail(reason(error)),
  complete() {
    completed();
    process.exit();
  },
});
