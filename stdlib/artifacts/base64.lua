-- Base64, for HTTP's basic authentication and the user data of instances.

local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

-- RFC 4648 base64, as HTTP's basic authentication wants it.
return function(bytes)
  local out = {}
  for at = 1, #bytes, 3 do
    local a, b, c = bytes:byte(at, at + 2)
    local word = a << 16 | (b or 0) << 8 | (c or 0)
    for place = 0, 3 do
      local six = word >> (18 - 6 * place) & 63
      out[#out + 1] = (place == 3 and not c or place == 2 and not b) and "=" or alphabet:sub(six + 1, six + 1)
    end
  end
  return table.concat(out)
end
