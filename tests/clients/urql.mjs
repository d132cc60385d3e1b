// Queries, changes and subscriptions with urql; see session.mjs. Subscriptions go over HTTP, or over a WebSocket with the
// graphql-ws client if SOCKET says so.
import { Client, createRequest, fetchExchange, subscriptionExchange } from '@urql/core';
import { Kind } from 'graphql';
import { createClient } from 'graphql-ws';
import { reason, session, socketOf } from './session.mjs';

const asked = session('urql');
const { url, operation, fail, take, completed, credentials } = asked;
const overSocket = Boolean(process.env.SOCKET);

const socket = createClient(socketOf(asked));

const client = new Client({
  url: url.replace(/^ws/, 'http'),
  fetchOptions: { headers: credentials },
  fetchSubscriptions: !overSocket,
  exchanges: [
    ...(overSocket
      ? [
          subscriptionExchange({
            forwardSubscription: ({ query }) => ({
              subscribe: (sink) => ({
                unsubscribe: socket.subscribe({ query, variables: operation.variables }, sink),
              }),
            }),
          }),
        ]
      : []),
    fetchExchange,
  ],
});

const request = createRequest(operation.query, operation.variables);
const { operation: kind } = request.query.definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
const execute = {
  query: (asked) => client.executeQuery(asked),
  mutation: (asked) => client.executeMutation(asked),
  subscription: (asked) => client.executeSubscription(asked),
};
const { unsubscribe } = execute[kind](request).subscribe(({ data, error, hasNext }) => {
  if (error && !data) fail(reason(error.networkError ?? error));
  const isDone = take({ data, errors: error?.graphQLErrors });
  if (isDone || !hasNext) {
    if (!isDone) completed();
    setTimeout(() => {
      unsubscribe();
      process.exit();
    });
  }
});
