/** As Qwen's own template tells of functions, in short. */
export const callingTemplate = `{% if tools %}<|im_start|>system
{% if messages[0].role == 'system' %}{{ messages[0].content }}{% else %}You help.{% endif %}
<tools>{% for tool in tools %}
{{ tool | tojson }}{% endfor %}
</tools>
Call one: <tool_call>{"name": NAME, "arguments": OBJECT}</tool_call><|im_end|>
{% endif %}{% for message in messages %}{% if message.role != 'system' %}<|im_start|>{{ message.role }}
{{ message.content }}{% if message.tool_calls %}{{ message.tool_calls | tojson }}{% endif %}<|im_end|>
{% endif %}{% endfor %}<|im_start|>assistant
`;
