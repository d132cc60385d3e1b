//! Makes documents at random, from nothing but the schema and what there is to be asked for.

use std::collections::{BTreeMap, BTreeSet};

use apollo_compiler::Schema;
use apollo_compiler::ast::{FieldDefinition, InputValueDefinition, Type};
use apollo_compiler::schema::ExtendedType;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use crate::dice::Dice;
use crate::world::World;

/// How deep selections nest below a field of the root.
const DEPTH: usize = 6;

/// A document, the values of its variables, and which fields of which types it asks for.
pub struct Made {
    pub text: String,
    pub variables: Value,
    pub asked: BTreeSet<(String, String)>,
}

pub struct Maker<'a> {
    world: &'a World,
    schema: &'a Schema,
    dice: Dice,
    /// Declarations by name.
    declared: BTreeMap<String, String>,
    values: Map<String, Value>,
    /// Fragments: what each is on, and its selection.
    fragments: Vec<(String, String)>,
    asked: BTreeSet<(String, String)>,
}

/// All fields that can be asked for in an object of that type, at any depth, as names of types and fields.
pub fn fields_below(schema: &Schema, name: &str) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    let mut types = vec![name.to_owned()];
    while let Some(name) = types.pop() {
        for field in fields(schema, &name) {
            let below = field.ty.inner_named_type().to_string();
            if found.insert((name.clone(), field.name.to_string())) {
                types.push(below);
            }
        }
    }
    found
}

fn fields<'a>(schema: &'a Schema, name: &str) -> Vec<&'a FieldDefinition> {
    match schema.types.get(name) {
        Some(ExtendedType::Object(object)) => object.fields.values().map(|it| &***it).collect(),
        Some(ExtendedType::Interface(it)) => it.fields.values().map(|it| &***it).collect(),
        _ => Vec::new(),
    }
}

impl<'a> Maker<'a> {
    pub fn new(world: &'a World, dice: Dice) -> Self {
        Self {
            world,
            schema: &world.schema,
            dice,
            declared: BTreeMap::new(),
            values: Map::new(),
            fragments: Vec::new(),
            asked: BTreeSet::new(),
        }
    }

    pub fn document(mut self) -> Made {
        let roots = self.roots();
        let mut heads: Vec<(String, String)> = Vec::new();
        let mut selections = String::new();
        for nth in 0..1 + self.dice.below(3) {
            if heads.is_empty() || self.chance(70) {
                let root = self.dice.one_of(&roots).clone();
                let arguments = self.arguments(&root.arguments);
                let ty = root.ty.inner_named_type().to_string();
                heads.push((format!("r{nth}: {}{arguments}", root.name), ty));
            }
            let (head, ty) = self.dice.one_of(&heads).clone();
            let directive = self.directive();
            let set = self.set(&ty, DEPTH);
            let field = format!("{head}{directive} {{ {set} }} ");
            selections += &match self.dice.below(8) {
                0 => format!("... on Query {{ {field} }} "),
                1 => {
                    self.fragments.push(("Query".to_owned(), field));
                    format!("...F{} ", self.fragments.len() - 1)
                }
                _ => field,
            };
        }
        let declared: Vec<_> = self.declared.values().cloned().collect();
        let declared = match declared.is_empty() {
            true => String::new(),
            false => format!("({})", declared.join(", ")),
        };
        let mut text = format!("query Q{declared} {{ {selections}}}");
        for (nth, (on, set)) in self.fragments.iter().enumerate() {
            text += &format!("\nfragment F{nth} on {on} {{ {set}}}");
        }
        Made {
            text,
            variables: Value::Object(self.values),
            asked: self.asked,
        }
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.dice.below(100) < percent
    }

    /// The fields of the root that lead to parcels.
    fn roots(&self) -> Vec<FieldDefinition> {
        let leads = |field: &&FieldDefinition| {
            let ty = field.ty.inner_named_type();
            matches!(ty.as_str(), "Tracking" | "Node" | "_Entity")
                || fields_below(self.schema, ty).contains(&("Tracking".into(), "id".into()))
        };
        let roots = fields(self.schema, "Query").into_iter().filter(leads);
        roots.cloned().collect()
    }

    /// What is selected of that type.
    fn set(&mut self, ty: &str, depth: usize) -> String {
        let mut set = String::new();
        for _ in 0..1 + self.dice.below(4) {
            let selection = match self.dice.below(20) {
                0 => {
                    let alias = ["", "kind0: ", "a: "][self.dice.below(3)];
                    format!("{alias}__typename{}", self.directive())
                }
                1 | 2 if depth > 0 => self.inline(ty, depth),
                3 | 4 if depth > 0 => self.spread(ty, depth),
                _ => self.field(ty, depth),
            };
            set += &selection;
            set.push(' ');
        }
        set
    }

    fn field(&mut self, ty: &str, depth: usize) -> String {
        let mut fields = fields(self.schema, ty);
        if depth == 0 {
            let is_leaf = |it: &&FieldDefinition| !self.is_composite(it.ty.inner_named_type());
            fields.retain(is_leaf);
        }
        if fields.is_empty() {
            // Of a union nothing else can be selected.
            return match depth {
                0 => "__typename".to_owned(),
                _ => self.inline(ty, depth),
            };
        }
        let field = *self.dice.one_of(&fields);
        self.asked.insert((ty.to_owned(), field.name.to_string()));
        let arguments = self.arguments(&field.arguments);
        let alias = match arguments.is_empty() {
            true if self.chance(15) => format!("{}_{}: ", field.name, self.dice.below(3)),
            true => String::new(),
            false => {
                let words = arguments.chars().filter(char::is_ascii_alphanumeric);
                format!("{}_{}: ", field.name, words.collect::<String>())
            }
        };
        let directive = self.directive();
        let head = format!("{alias}{}{arguments}{directive}", field.name);
        let below = field.ty.inner_named_type();
        match self.is_composite(below) {
            true => format!("{head} {{ {} }}", self.set(below, depth - 1)),
            false => head,
        }
    }

    fn is_composite(&self, ty: &str) -> bool {
        matches!(
            self.schema.types.get(ty),
            Some(ExtendedType::Object(_) | ExtendedType::Interface(_) | ExtendedType::Union(_))
        )
    }

    /// The types that something of that type can be taken for. Not its unions: the library passes over them.
    fn conditions(&self, ty: &str) -> Vec<String> {
        match &self.schema.types[ty] {
            ExtendedType::Object(object) => {
                let interfaces = object.implements_interfaces.iter();
                let interfaces = interfaces.map(|it| it.to_string());
                interfaces.chain([ty.to_owned()]).collect()
            }
            ExtendedType::Union(union) => union.members.iter().map(|it| it.to_string()).collect(),
            _ => {
                let implementers = self.schema.implementers_map();
                let objects = implementers.get(ty).map(|known| known.objects.clone());
                let objects = objects.into_iter().flatten().map(|it| it.to_string());
                objects.chain([ty.to_owned()]).collect()
            }
        }
    }

    fn inline(&mut self, ty: &str, depth: usize) -> String {
        let conditions = self.conditions(ty);
        let has_own = !matches!(self.schema.types[ty], ExtendedType::Union(_));
        let on = match has_own && self.chance(25) {
            true => None,
            false => Some(self.dice.one_of(&conditions).clone()),
        };
        let directive = self.directive();
        let set = self.set(on.as_deref().unwrap_or(ty), depth - 1);
        match on {
            Some(on) => format!("... on {on}{directive} {{ {set} }}"),
            None => format!("...{directive} {{ {set} }}"),
        }
    }

    fn spread(&mut self, ty: &str, depth: usize) -> String {
        let conditions = self.conditions(ty);
        let known = self.fragments.iter().enumerate();
        let known = known.filter(|(_, (on, _))| conditions.contains(on));
        let known: Vec<_> = known.map(|(nth, _)| nth).collect();
        let nth = if !known.is_empty() && self.chance(60) {
            *self.dice.one_of(&known)
        } else {
            let on = self.dice.one_of(&conditions).clone();
            let set = self.set(&on, depth - 1);
            self.fragments.push((on, set));
            self.fragments.len() - 1
        };
        format!("...F{nth}{}", self.directive())
    }

    fn directive(&mut self) -> String {
        if !self.chance(12) {
            return String::new();
        }
        let name = *self.dice.one_of(&["skip", "include"]);
        let condition = match self.dice.below(5) {
            0 => "true".to_owned(),
            1 => "false".to_owned(),
            2 => {
                let name = format!("b{}", self.dice.below(3));
                let value = json!(self.dice.below(2) == 0);
                self.declare(&name, "Boolean!", Some(value))
            }
            3 => {
                let given = self.chance(50).then_some(Value::Bool(true));
                self.declare("c", "Boolean! = false", given)
            }
            // A default makes up for a type that could be null, but not for null itself.
            _ => {
                let given = match self.dice.below(20) {
                    0 => Some(Value::Null),
                    1..10 => Some(json!(false)),
                    _ => None,
                };
                self.declare("d", "Boolean = true", given)
            }
        };
        format!(" @{name}(if: {condition})")
    }

    /// Declares a variable, unless it is there already.
    fn declare(&mut self, name: &str, ty: &str, value: Option<Value>) -> String {
        let is_new = !self.declared.contains_key(name);
        if is_new {
            let declaration = format!("${name}: {ty}");
            self.declared.insert(name.to_owned(), declaration);
            if let Some(value) = value {
                self.values.insert(name.to_owned(), value);
            }
        }
        format!("${name}")
    }

    fn arguments<D: AsRef<InputValueDefinition>>(&mut self, definitions: &[D]) -> String {
        let mut given = Vec::new();
        for definition in definitions {
            let definition = definition.as_ref();
            if let Some(value) = self.argument(&definition.ty) {
                given.push(format!("{}: {value}", definition.name));
            }
        }
        match given.is_empty() {
            true => String::new(),
            false => format!("({})", given.join(", ")),
        }
    }

    /// What is given to an argument of that type, as it stands in the document; `None` if nothing is.
    fn argument(&mut self, ty: &Type) -> Option<String> {
        if !ty.is_non_null() && self.chance(50) {
            return None;
        }
        let name = ty.inner_named_type().as_str();
        // Languages of texts, cursors and the like would have the upstream asked.
        if !ty.is_non_null() && !self.is_enum(name) && name != "Int" {
            return None;
        }
        if self.is_enum(name) && self.chance(40) {
            let word = self.word(name);
            return Some(match self.dice.below(3) {
                0 => {
                    let value =
                        [None, Some(Value::Null), Some(json!(word))][self.dice.below(3)].clone();
                    self.declare(&format!("o{name}"), name, value)
                }
                1 => {
                    let value = self.chance(50).then(|| json!(word));
                    let default = self.word(name);
                    self.declare(&format!("p{name}"), &format!("{name} = {default}"), value)
                }
                _ => "null".to_owned(),
            });
        }
        if self.chance(40) {
            let value = self.value(ty);
            let name = format!("v{}", self.declared.len());
            return Some(self.declare(&name, &ty.to_string(), Some(value)));
        }
        let value = self.value(ty);
        Some(literal(&value, self.is_enum(name)))
    }

    fn is_enum(&self, name: &str) -> bool {
        matches!(self.schema.types.get(name), Some(ExtendedType::Enum(_)))
    }

    fn word(&mut self, name: &str) -> String {
        let Some(ExtendedType::Enum(known)) = self.schema.types.get(name) else {
            panic!("{name} is no enum");
        };
        let words: Vec<_> = known.values.keys().map(|word| word.to_string()).collect();
        self.dice.one_of(&words).clone()
    }

    fn value(&mut self, ty: &Type) -> Value {
        if ty.is_list() {
            let count = self.dice.below(5);
            return (0..count).map(|_| self.value(ty.item_type())).collect();
        }
        let name = ty.inner_named_type().as_str();
        match name {
            "TrackingRef" => match self.dice.below(2) {
                0 => json!({ "id": self.id() }),
                _ => {
                    let (carrier, number) = self.key();
                    json!({ "key": { "carrierCode": carrier, "trackingNumber": number } })
                }
            },
            "ID" => json!(self.id()),
            "_Any" => match self.dice.below(8) {
                0 => json!({ "__typename": "Other" }),
                _ => json!({ "__typename": "Tracking", "id": self.id() }),
            },
            "Int" => json!(self.dice.below(7)),
            _ if self.is_enum(name) => json!(self.word(name)),
            _ => panic!("what is a good {name}?"),
        }
    }

    fn key(&mut self) -> (String, String) {
        let parcel = self.dice.below(self.world.parcels.len() + 3);
        match self.world.parcels.get(parcel) {
            Some(known) => {
                let key = &known.key;
                (key.carrier.to_string(), key.number.to_string())
            }
            None if self.chance(50) => ("dhl".to_owned(), "?".to_owned()),
            None => {
                let key = World::missing();
                (key.carrier.to_string(), key.number.to_string())
            }
        }
    }

    fn id(&mut self) -> String {
        match self.dice.below(10) {
            0 => "none of ours".to_owned(),
            1 => URL_SAFE_NO_PAD.encode("Carrier:china-post"),
            2 => URL_SAFE_NO_PAD.encode("Carrier:unknown"),
            _ => {
                let (carrier, number) = self.key();
                URL_SAFE_NO_PAD.encode(format!("Tracking:{carrier}/{number}"))
            }
        }
    }
}

/// A value as it is written in a document.
fn literal(value: &Value, is_enum: bool) -> String {
    match value {
        Value::Object(fields) => {
            let fields = fields.iter();
            let fields: Vec<_> = fields
                .map(|(name, value)| format!("{name}: {}", literal(value, false)))
                .collect();
            format!("{{ {} }}", fields.join(", "))
        }
        Value::Array(entries) => {
            let entries: Vec<_> = entries.iter().map(|it| literal(it, is_enum)).collect();
            format!("[{}]", entries.join(", "))
        }
        Value::String(word) if is_enum => word.clone(),
        other => other.to_string(),
    }
}
