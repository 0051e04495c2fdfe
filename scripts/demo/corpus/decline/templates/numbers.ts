/** Numbers that are too large, or sums of other kinds. */
import { lines } from "../lists.ts";

export const NUMBERS_TEMPLATES: readonly string[] = lines(`
What is {a} plus {a}?
What is {a} times {a}?
{a} + {a}
{a} - {a}
{a} times {a}
What is the square root of {a}?
What is {a} divided by {a}?
Is {a} a prime number?
What is {a} minus {a}?
What is {a} plus {s}?
What is {a} times {s}?
Add {a} and {a}.
Multiply {a} by {a}.
{a} x {a}
{a} * {a}
{a} / {a}
{a} divided by {s}
{s} / {s}
{s} divided by {s}
What is {s} divided by {s}?
How often does {s} go into {a}?
Divide {a} by {s}.
Divide {s} by {s}.
What is {s} percent of {a}?
{s} % of {a}
How much is {s} percent of {s}?
What is the square root of {s}?
Square root of {a}
sqrt({a})
What is the cube of {s}?
What is {s} squared?
{s} squared
{s} to the power of {s}
What is {s}^{s}?
What is the factorial of {s}?
{s}!
What is the logarithm of {a}?
Is {s} even or odd?
Is {s} prime?
Is {a} a square number?
What are the factors of {a}?
What is a third of {a}?
What is half of {a}?
Write {a} in Roman numerals.
Write {a} in binary.
Round {a} to hundreds.
What is the average of {s}, {s} and {s}?
What is the remainder of {a} by {s}?
Convert {a} dollars to euros.
How many dollars are {a} euros?
Convert {a} miles to metres.
How much is {a} degrees Fahrenheit in Celsius?
Count to {a}.
Which number comes after {a}?
What is the greatest common divisor of {a} and {a}?
`);
