//! The shapes of what is made of lists, attribute sets, unions, integers and strings.

use crate::context::{Context, Fault};
use crate::shape::Shape;
use crate::{
    Contains, Expr, HasAttr, IntRange, MapAttrs, MapList, Match, Replace, Split, StringPart,
};

/// The most integers that are counted up to.
const MOST_COUNTED: i64 = 1000;

impl Context<'_> {
    pub(crate) fn choice(&self, choice: &Match) -> Result<Shape, Fault> {
        let variants = match self.shape(&choice.on)? {
            Shape::Union(variants) => variants,
            other => {
                return Err(format!("only a tagged union is matched, not {}", other.described()));
            }
        };
        if let Some(missing) =
            variants.keys().find(|tag| choice.arms.iter().all(|a| a.tag != **tag))
        {
            return Err(format!("no arm matches the tag `{missing}`"));
        }
        let mut shapes = Vec::new();
        for arm in &choice.arms {
            let value = variants.get(&arm.tag);
            let value = value.ok_or_else(|| format!("the union has no tag `{}`", arm.tag))?;
            shapes.push(self.bind(&arm.item, value.clone()).shape(&arm.body)?);
        }
        Ok(Shape::all(shapes.into_iter()))
    }

    /// The integers from 1 to another one.
    pub(crate) fn up_to(&self, most: &Expr) -> Result<Shape, Fault> {
        let range = match self.shape(most)? {
            Shape::Int(range) => range,
            other => return Err(format!("only integers are counted, not {}", other.described())),
        };
        if range.most() > MOST_COUNTED {
            return Err(format!(
                "this may be up to {}, and at most {MOST_COUNTED} are counted; give the option a \
                 `range`, or take the least of it and another integer with `min`",
                range.most()
            ));
        }
        let counted = Shape::Int(IntRange::between(1, range.most().max(1)));
        Ok(Shape::List(Box::new(counted)))
    }

    pub(crate) fn list_length(&self, list: &Expr) -> Result<Shape, Fault> {
        self.list(list)?;
        Ok(Shape::Int(IntRange::COUNT))
    }

    pub(crate) fn attr_count(&self, attrs: &Expr) -> Result<Shape, Fault> {
        self.any_names(attrs)?;
        Ok(Shape::Int(IntRange::COUNT))
    }

    pub(crate) fn string_length(&self, text: &Expr) -> Result<Shape, Fault> {
        self.expect_string(text)?;
        Ok(Shape::Int(IntRange::COUNT))
    }

    pub(crate) fn filter(&self, filter: &MapList) -> Result<Shape, Fault> {
        let item = self.list(&filter.over)?;
        self.bind(&filter.item, item.clone()).expect_bool(&filter.body)?;
        Ok(Shape::List(Box::new(item)))
    }

    pub(crate) fn filter_attrs(&self, filter: &MapAttrs) -> Result<Shape, Fault> {
        let value = self.attrs(&filter.over)?;
        let inner = self.bind(&filter.name, Shape::Str).bind(&filter.value, value.clone());
        inner.expect_bool(&filter.body)?;
        Ok(Shape::Attrs(Box::new(value)))
    }

    pub(crate) fn contains(&self, contains: &Contains) -> Result<Shape, Fault> {
        let (of, item) = (self.list(&contains.list)?, self.shape(&contains.item)?);
        let known = |shape: &Shape| match shape {
            Shape::Bool => Some(0),
            Shape::Int(_) | Shape::Number => Some(1),
            Shape::Str | Shape::Path => Some(2),
            _ => None,
        };
        let element = match &of {
            Shape::Nullable(inner) => inner,
            other => other,
        };
        match known(&item) {
            Some(kind) if *element == Shape::Nothing || known(element) == Some(kind) => {
                Ok(Shape::Bool)
            }
            _ => Err(format!(
                "a list of booleans, numbers or strings may contain one of its kind; {} is looked \
                 for in one of {}",
                item.described(),
                of.described()
            )),
        }
    }

    pub(crate) fn has_attr(&self, has: &HasAttr) -> Result<Shape, Fault> {
        self.any_names(&has.attrs)?;
        self.expect_string(&has.name)?;
        Ok(Shape::Bool)
    }

    /// Whether a string has a part, or without it.
    pub(crate) fn string_part(&self, it: &StringPart, becomes: Shape) -> Result<Shape, Fault> {
        self.expect_string(&it.part)?;
        self.expect_string(&it.text)?;
        Ok(becomes)
    }

    pub(crate) fn split(&self, split: &Split) -> Result<Shape, Fault> {
        if split.separator.is_empty() {
            return Err("a separator is not empty".to_owned());
        }
        self.expect_string(&split.text)?;
        Ok(Shape::List(Box::new(Shape::Str)))
    }

    pub(crate) fn lowercase(&self, text: &Expr) -> Result<Shape, Fault> {
        self.expect_string(text)?;
        Ok(Shape::Str)
    }

    pub(crate) fn replace(&self, replace: &Replace) -> Result<Shape, Fault> {
        if replace.from.is_empty() {
            return Err("what is replaced is not empty".to_owned());
        }
        self.expect_string(&replace.text)?;
        self.expect_text(&replace.to)?;
        Ok(if self.shape(&replace.to)?.is_stored() { Shape::Stored } else { Shape::Str })
    }

    /// An attribute set of which the names say something.
    fn any_names(&self, expr: &Expr) -> Result<(), Fault> {
        match self.shape(expr)? {
            Shape::Attrs(_) => Ok(()),
            other if other.is_attrs() => {
                Err("this has the same names whatever the settings".to_owned())
            }
            other => Err(format!("this must be an attribute set, but is {}", other.described())),
        }
    }

    /// A string that is the same on every machine.
    fn expect_string(&self, expr: &Expr) -> Result<(), Fault> {
        match self.shape(expr)? {
            Shape::Str | Shape::Path => Ok(()),
            shape if shape.is_stored() => {
                Err("this may have a path of the store in it, which is another one on portable \
                 machines; nothing can depend on it"
                    .to_owned())
            }
            other => Err(format!("this must be a string, but is {}", other.described())),
        }
    }
}
