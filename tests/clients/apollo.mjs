// Queries and changes with Apollo Client; see session.mjs.
import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client/core';
import { Kind } from 'graphql';
import { reason, session } from './session.mjs';

const { url, operation, fail, take, credentials: headers } = session('apollo');
const document = gql(operation.query);
const { variables } = operation;

const client = new ApolloClient({ link: new HttpLink({ uri: url, headers }), cache: new InMemoryCache() });
const { operation: kind } = document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
const asked =
  kind === 'mutation' ? client.mutate({ mutation: document, variables }) : client.query({ query: document, variables });
try {
  const { data } = await asked;
  take({ data });
} catch (error) {
  fail(reason(error));
}
