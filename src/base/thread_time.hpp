#pragma once

namespace milkrun {

// Seconds of its processor that this thread has spent. What others do on the machine does not count.
double thread_seconds();

} // namespace milkrun
