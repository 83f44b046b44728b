"""What rdflib and pySHACL find in the documents of this folder, as JSON."""

import json

from pyshacl import validate
from rdflib import Graph, RDF, URIRef
from rdflib.compare import isomorphic

OWN = "https://domi-nix.github.io/ns/fleet#"

data = Graph().parse("data.ttl")
words = Graph().parse("words.ttl")
conforms, _, report = validate(data, shacl_graph="shapes.ttl", inference="none", advanced=True)
used = set(data.predicates()) | set(data.objects(predicate=RDF.type))
own = {str(word) for word in used if isinstance(word, URIRef) and str(word).startswith(OWN)}
known = {str(word) for word in words.subjects()}
print(
    json.dumps(
        {
            "statements": len(data),
            "words": len(words),
            "same": isomorphic(data, Graph().parse("data.jsonld")),
            "conforms": conforms,
            "report": report,
            "unknown": sorted(own - known),
        }
    )
)
