/** Mathematics. */
import { words } from "../lists.ts";

export const MATHS_TOPICS: readonly string[] = words(`
algorithms | sorting | calculus | algebra | geometry | prime numbers | infinity | logic puzzles | fractions
percentages | decimals | square roots | logarithms | exponents | equations | matrices | vectors | integrals
derivatives | limits in calculus | trigonometry | the sine function | Pythagoras | triangles | circles | cubes
pi | the golden ratio | Fibonacci numbers | factorials | probability | dice | averages | the median
standard deviation | graphs of functions | set theory | topology | number theory | complex numbers
Roman numerals | binary numbers | long division | fractals | chaos theory | game theory | sudoku
Fermat's last theorem
`);
