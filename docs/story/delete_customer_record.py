@mcp.tool
async def delete_customer_record(customer: int) -> str:
    headers = {"Authorization": f"Bearer {await exchanged('https://crm.example.com')}"}
    async with httpx.AsyncClient(headers=headers) as client:
        return (await client.delete("https://crm.example.com/customers", params={"customer": customer})).text


