@mcp.tool
async def delete_customer_record(customer: int) -> str:
    return (await crm.delete("/customers", params={"customer": customer})).text


