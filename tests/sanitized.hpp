// Whether a sanitizer watches over memory, which takes more of it then and has operators of its own.
#pragma once

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define COPSE_TEST_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define COPSE_TEST_SANITIZED
#endif
#endif
