"""What schemathesis is to know of this schema, and how answers are judged.

Its own check of server errors takes every error of a field for one, "no such parcel" among them, and its check of accepted data
takes every text for a tracking number. So they are left out, and the check below says what an answer has to be.
"""

import zlib

import graphql
import schemathesis
from hypothesis import strategies
from schemathesis.graphql import nodes

# All of src/graphql/error.rs but INTERNAL, which no request may lead to.
CODES = set(
    "BAD_USER_INPUT UNAUTHENTICATED FORBIDDEN NOT_FOUND CONFLICT THROTTLED QUOTA_EXHAUSTED QUERY_TOO_COMPLEX UPSTREAM_UNAVAILABLE "
    "UPSTREAM_INVALID TIMEOUT PERSISTED_QUERY_NOT_FOUND PERSISTED_QUERY_NOT_SUPPORTED".split()
)

# What the sandbox knows, so that it also comes to answers that hold something.
KNOWN = {
    "id": "VHJhY2tpbmc6Y2hpbmEtZW1zL0xTOTEyOTg5NjE4Q04",
    "trackingNumber": "LS912989618CN",
    "number": "LS912989618CN",
    "carrierCode": "china-ems",
    "code": "china-ems",
    "countryCode": "CN",
    "originCountryCode": "CN",
    "destinationCountryCode": "US",
}


SCALARS = {
    "Duration": ["PT0S", "PT1S", "PT15M", "P1D", "P1M", "soon"],
    "DateTime": ["2018-04-16T06:30:02Z", "2026-01-01T00:00:00.000+08:00", "2018-02-30T00:00:00Z", "now"],
}
for name, texts in SCALARS.items():
    schemathesis.graphql.scalar(name, strategies.sampled_from(texts).map(nodes.String))

# What most callers leave out, and what cannot stand beside something else.
LEFT_OUT = {"after", "before", "language"}


class Fitting(graphql.Visitor):
    """Has every object say its type, and makes sense of two thirds of the rest. What is known is not deleted."""

    deletes = False

    def enter_selection_set(self, node, *_):
        name = graphql.FieldNode(name=graphql.NameNode(value="__typename"), arguments=(), directives=())
        return graphql.SelectionSetNode(selections=(name, *node.selections))

    def enter_field(self, node, *_):
        self.deletes = self.deletes or node.name.value.startswith("delete")
        names = {argument.name.value for argument in node.arguments}
        if is_left_alone(node) or not names:
            return None
        dropped = LEFT_OUT | ({"last"} if "first" in names else set())
        arguments = tuple(it for it in node.arguments if it.name.value not in dropped)
        return graphql.FieldNode(
            alias=node.alias,
            name=node.name,
            arguments=arguments,
            directives=node.directives,
            selection_set=node.selection_set,
        )

    def enter_argument(self, node, *_):
        if node.name.value in ("first", "last") and isinstance(node.value, graphql.IntValueNode) and not is_left_alone(node):
            return with_value(node, graphql.IntValueNode(value=str(1 + int(node.value.value) % 100)))
        return self.known(node)

    def enter_object_field(self, node, *_):
        return self.known(node)

    def enter_object_value(self, node, *_):
        """The generator gives a ref everything it may hold, of which it has to hold one."""
        fields = {field.name.value: field for field in node.fields}
        if not fields or not fields.keys() <= {"id", "key"} or is_left_alone(node):
            return None
        has_key = "key" in fields and isinstance(fields["key"].value, graphql.ObjectValueNode)
        return graphql.ObjectValueNode(fields=(fields["key"] if has_key else node.fields[0],))

    def known(self, node):
        text = KNOWN.get(node.name.value)
        if text is None or self.deletes or not isinstance(node.value, graphql.StringValueNode) or is_left_alone(node):
            return None
        return with_value(node, graphql.StringValueNode(value=text))


def with_value(node, value):
    return type(node)(name=node.name, value=value)


def is_left_alone(node):
    """By what it says, so that the same seed leads to the same requests."""
    return zlib.crc32(graphql.print_ast(node).encode("utf-8", "replace")) % 3 == 0


@schemathesis.hook
def map_body(context, document):
    schema = context.operation.schema.client_schema
    # What is to be refused stays as it is.
    return document if graphql.validate(schema, document) else graphql.visit(document, Fitting())


@schemathesis.check
def answers_fit_the_schema(ctx, response, case):
    assert response.status_code < 500, f"the status is {response.status_code}"
    answer = response.json()
    assert isinstance(answer, dict) and answer.keys() <= {"data", "errors", "extensions"}, "it is no GraphQL response"
    errors = answer.get("errors")
    assert errors is None or (isinstance(errors, list) and errors), "`errors` holds none"
    for error in errors or ():
        code = error.get("extensions", {}).get("code")
        assert isinstance(error.get("message"), str) and code in CODES, f"no error of ours: {error}"
    assert "data" in answer or errors, "there are neither data nor errors"
    if answer.get("data") is not None:
        fits(case.operation.schema.client_schema, case.body, answer["data"], errors or ())


def fits(schema, query, data, errors):
    """Executes the query once more, on the answer: whatever does not fit its type fails, or is told in another way."""

    def resolve(source, info, **_):
        return source[info.path.key]

    told = graphql.execute_sync(
        schema,
        graphql.parse(query),
        root_value=data,
        field_resolver=resolve,
        type_resolver=lambda value, *_: value["__typename"],
    )
    assert not told.errors, f"the answer does not fit the schema: {told.errors[0]}"
    assert told.data == data, "the answer holds what was not asked for, or in another form"
    for error in errors:
        if "path" in error:
            assert leads_to_null(data, error["path"]), f"there is a value where an error is: {error}"


def leads_to_null(data, path):
    for step in path:
        if data is None:
            return True
        data = data[step]
    return data is None
