// Queries, changes and subscriptions with relay-runtime; see session.mjs. Subscriptions go over a WebSocket with the graphql-ws
// client. What Relay's compiler makes of a document at build time is made here, for documents without fragments and lists
// whose every object asks for its __typename.
import { createClient } from 'graphql-ws';
import { parse } from 'graphql';
import relay from 'relay-runtime';
import { reason, session, socketOf } from './session.mjs';

const { Environment, Network, Observable, RecordSource, Store, commitMutation, fetchQuery, requestSubscription } = relay;
const asked = session('relay');
const { url, operation, fail, take, completed, credentials } = asked;

const argument = ({ name, value }) => ({ kind: 'Variable', name: name.value, variableName: value.name.value });

const selection = ({ alias, name, arguments: args, selectionSet }) => ({
  alias: alias?.value ?? null,
  args: args.length ? args.map(argument) : null,
  name: name.value,
  storageKey: null,
  ...(selectionSet
    ? { kind: 'LinkedField', concreteType: null, plural: false, selections: selectionSet.selections.map(selection) }
    : { kind: 'ScalarField' }),
});

/** What the compiler would make of a document. */
function compiled(text) {
  const [{ operation: operationKind, name, selectionSet, variableDefinitions }] = parse(text).definitions;
  const selections = selectionSet.selections.map(selection);
  const argumentDefinitions = variableDefinitions.map(({ variable }) => {
    return { kind: 'LocalArgument', name: variable.name.value, defaultValue: null };
  });
  const type = { query: 'Query', mutation: 'Mutation', subscription: 'Subscription' }[operationKind];
  return {
    kind: 'Request',
    fragment: { kind: 'Fragment', name: name.value, type, metadata: null, abstractKey: null, argumentDefinitions, selections },
    operation: { kind: 'Operation', name: name.value, argumentDefinitions, selections },
    params: { id: null, cacheID: text, metadata: {}, name: name.value, operationKind, text },
  };
}

const socket = createClient(socketOf(asked));

async function post({ text }, variables) {
  const response = await fetch(url.replace(/^ws/, 'http'), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...credentials },
    body: JSON.stringify({ query: text, variables }),
  });
  return response.json();
}

const subscribe = ({ text }) =>
  Observable.create((sink) => socket.subscribe({ query: text, variables: operation.variables }, sink));

const environment = new Environment({ network: Network.create(post, subscribe), store: new Store(new RecordSource()) });
const request = compiled(operation.query);
const { variables } = operation;
const failed = (error) => fail(reason(error.source?.errors ?? error));
const told = (data) => {
  if (take({ data })) process.exit();
};
const end = () => {
  completed();
  process.exit();
};

const start = {
  query: () => fetchQuery(environment, request, variables).subscribe({ next: told, error: failed }),
  mutation: () => commitMutation(environment, { mutation: request, variables, onCompleted: told, onError: failed }),
  subscription: () =>
    requestSubscription(environment, {
      subscription: request,
      // Relay keeps what it is given, and where to go on is told to it later.
      variables: { ...variables },
      onNext: told,
      onError: failed,
      onCompleted: end,
    }),
};
start[request.params.operationKind]();
