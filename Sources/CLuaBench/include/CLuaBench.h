// Bare C functions, what the typed Swift functions are measured against.
#pragma once
typedef struct lua_State lua_State;
/// Makes the globals c_nothing(), c_add(a, b) and c_text(s). Raises when memory does not suffice.
void clua_bench_open(lua_State *L);
