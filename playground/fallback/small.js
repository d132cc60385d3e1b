import { examples } from './examples.js';

const field = (id) => document.getElementById(id);
const endpoint = new URL('/graphql', location.href);

/** Ends the running operation; null while none runs. */
let stop = null;

function show(value, failed = Boolean(value?.errors)) {
  field('result').textContent = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  field('result').classList.toggle('failed', failed);
}

function setRunning(end) {
  stop = end;
  field('run').textContent = end ? 'Stop' : 'Run';
}

function readObject(id, name) {
  const text = field(id).value.trim();
  if (!text) return {};
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`The ${name} are not valid JSON: ${error.message}`);
  }
}

async function post(request, headers) {
  const abort = new AbortController();
  setRunning(() => abort.abort());
  try {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json;q=0.9',
        ...headers,
      },
      body: JSON.stringify(request),
      signal: abort.signal,
    });
    const text = await response.text();
    try {
      show(JSON.parse(text));
    } catch {
      show(`The server answered ${response.status} ${response.statusText}, without JSON:\n\n${text}`, true);
    }
  } catch (error) {
    show(abort.signal.aborted ? 'Stopped.' : `The server cannot be reached: ${error.message}`, true);
  } finally {
    setRunning(null);
  }
}

// The messages are those of the graphql-transport-ws subprotocol.
function subscribe(request, headers) {
  const url = new URL(endpoint);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(url, 'graphql-transport-ws');
  const send = (message) => socket.send(JSON.stringify(message));
  let ended = false;
  const end = () => {
    ended = true;
    socket.close(1000);
    setRunning(null);
  };
  setRunning(end);
  const handlers = {
    connection_ack: () => {
      show('Waiting for the first event.');
      send({ id: '1', type: 'subscribe', payload: request });
    },
    ping: () => send({ type: 'pong' }),
    next: ({ payload }) => show(payload),
    error: ({ payload }) => {
      show({ errors: payload });
      end();
    },
    complete: end,
  };
  socket.onopen = () => send({ type: 'connection_init', payload: headers });
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    handlers[message.type]?.(message);
  };
  socket.onclose = ({ code, reason }) => {
    if (ended) return;
    setRunning(null);
    show(`The server closed the connection: ${code} ${reason}`, true);
  };
}

function run() {
  if (stop) return stop();
  try {
    const request = { query: field('query').value, variables: readObject('variables', 'variables') };
    const headers = readObject('headers', 'headers');
    show('');
    const isSubscription = /^\s*subscription\b/m.test(request.query);
    isSubscription ? subscribe(request, headers) : post(request, headers);
  } catch (error) {
    show(error.message, true);
  }
}

function open(example) {
  stop?.();
  field('query').value = example.query;
  field('variables').value = example.variables;
  show('');
}

const nameOf = ({ query }) => /^(?:query|mutation|subscription)\s+(\w+)/m.exec(query)?.[1] ?? 'Example';
field('example').append(...examples.map((example, index) => new Option(nameOf(example), index)));
field('example').onchange = ({ target }) => open(examples[target.value]);
field('run').onclick = run;
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  run();
});
field('simulated').hidden =
  document.querySelector('meta[name="parcelgraph-data"]')?.content !== 'simulated';
open(examples[0]);
