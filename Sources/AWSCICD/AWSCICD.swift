// A host imports AWSCICD alone: the types of values, errors and functions that it meets are LuaVM's.
@_exported public import LuaVM
