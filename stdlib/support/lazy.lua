-- A table whose fields are made when they are asked for first: lazy(fields, make, name) fills `fields`, whose type is called
-- `name` where it is shown. Only texts name something to make.
return function(fields, make, name)
  return setmetatable(fields, {
    __name = name,
    __index = function(self, key)
      if type(key) ~= "string" then return nil end
      local made = make(key)
      rawset(self, key, made)
      return made
    end,
  })
end
