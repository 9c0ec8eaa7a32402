# SPDX-License-Identifier: MIT
"""
Checks a value against the part of JSON Schema that docs/report.schema.json uses; a keyword that is
not known here is an error, so that none is silently not checked.
"""

TYPES = {"object": dict, "array": list, "string": str, "null": type(None), "boolean": bool}
ANNOTATIONS = {"$schema", "$comment", "$defs", "title", "description"}
CHECKED = {"type", "properties", "required", "additionalProperties", "items", "enum", "const",
           "minimum", "anyOf", "$ref"}


def has_type(value, name):
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


def errors_of_object(value, schema, root, path):
    properties = schema.get("properties", {})
    for key in schema.get("required", []):
        if key not in value:
            yield f"{path}: no {key!r}"
    others = schema.get("additionalProperties", True)
    for key, each in value.items():
        if key in properties:
            yield from errors(each, properties[key], root, f"{path}.{key}")
        elif others is False:
            yield f"{path}: {key!r} is not in the schema"
        elif isinstance(others, dict):
            yield from errors(each, others, root, f"{path}.{key}")


def errors(value, schema, root=None, path="$"):
    """A sentence for each thing that is wrong, with where it stands."""
    root = root or schema
    unknown = set(schema) - ANNOTATIONS - CHECKED
    if unknown:
        raise ValueError(f"keywords of JSON Schema that are not known here: {sorted(unknown)}")
    if "$ref" in schema:
        yield from errors(value, root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root, path)
        return
    if "anyOf" in schema:
        if all(any(errors(value, each, root, path)) for each in schema["anyOf"]):
            yield f"{path}: fits none of {len(schema['anyOf'])} forms"
        return
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(has_type(value, name) for name in types):
        yield f"{path}: {value!r} is not of type {' or '.join(types)}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path}: {value!r} is none of {schema['enum']}"
    if "const" in schema and value != schema["const"]:
        yield f"{path}: {value!r} is not {schema['const']!r}"
    if "minimum" in schema and has_type(value, "integer") and value < schema["minimum"]:
        yield f"{path}: {value} is less than {schema['minimum']}"
    if isinstance(value, dict):
        yield from errors_of_object(value, schema, root, path)
    if isinstance(value, list) and "items" in schema:
        for index, each in enumerate(value):
            yield from errors(each, schema["items"], root, f"{path}[{index}]")
