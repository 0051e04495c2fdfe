/**
 * onnxruntime reports to its maker unless told not to: it keeps events about the machine and the sessions in
 * `~/.cache/Microsoft/DeveloperTools/.onnxruntime` and sends them. This program promises that nothing is reported.
 *
 * The library reads the variable from the process, which only the main thread can change: whoever starts threads that
 * compute imports this first. Who has set the variable decides otherwise.
 */
process.env.ORT_DISABLE_TELEMETRY ??= "1";
