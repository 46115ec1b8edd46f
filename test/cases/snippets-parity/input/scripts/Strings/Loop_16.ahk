Loop 16 {
    Send "16"
}
