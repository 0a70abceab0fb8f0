"""What operators are called in the tree, by the interpreter's nodes."""

from __future__ import annotations

import ast

BINARY: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.MatMult: "@",
    ast.Div: "/",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.BitAnd: "&",
    ast.FloorDiv: "//",
}
CHANGING: dict[type[ast.operator], str] = {
    ast.Add: "AddAssign",
    ast.Sub: "SubtractAssign",
    ast.Mult: "MultiplyAssign",
    ast.MatMult: "MatrixMultiplyAssign",
    ast.Div: "DivideAssign",
    ast.Mod: "ModuloAssign",
    ast.Pow: "PowerAssign",
    ast.LShift: "LeftShiftAssign",
    ast.RShift: "RightShiftAssign",
    ast.BitOr: "BitOrAssign",
    ast.BitXor: "BitXorAssign",
    ast.BitAnd: "BitAndAssign",
    ast.FloorDiv: "FloorDivideAssign",
}
UNARY: dict[type[ast.unaryop], str] = {ast.Invert: "~", ast.Not: "not", ast.UAdd: "+", ast.USub: "-"}
COMPARING: dict[type[ast.cmpop], str] = {
    ast.Eq: "Equal",
    ast.NotEq: "NotEqual",
    ast.Lt: "LessThan",
    ast.LtE: "LessThanEqual",
    ast.Gt: "GreaterThan",
    ast.GtE: "GreaterThanEqual",
    ast.Is: "Is",
    ast.IsNot: "IsNot",
    ast.In: "In",
    ast.NotIn: "NotIn",
}
