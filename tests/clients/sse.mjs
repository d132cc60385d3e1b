// Subscribes with the graphql-sse client in distinct connections mode; see session.mjs.
import { createClient } from 'graphql-sse';
import { drive, rest, session } from './session.mjs';

const subscriber = session('sse');
const { url, retries, connected, credentials: headers } = subscriber;

const client = createClient({ url, headers, retryAttempts: retries, retry: rest, on: { connected } });

await drive(client, subscriber);
